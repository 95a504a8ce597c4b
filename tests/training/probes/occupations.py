"""Sentences of the tests' own, a line each with its eight translations; asterisks mark who it is about.

Twenty sentences, in pairs: of a woman, then of a man.
"""

ENGLISH = """
The *nurse* said that she was tired.
The *nurse* said that he was tired.
I spoke to the *doctor* because she knew the answer.
I spoke to the *doctor* because he knew the answer.
The *teacher* closed the door when she left.
The *teacher* closed the door when he left.
We thanked the *baker* because she had helped us.
We thanked the *baker* because he had helped us.
The *lawyer* lost her keys.
The *lawyer* lost his keys.
The *cook* opened the window because she felt hot.
The *cook* opened the window because he felt hot.
The *secretary* wrote a letter before she slept.
The *secretary* wrote a letter before he slept.
They waited for the *writer* because she was late.
They waited for the *writer* because he was late.
The *cashier* counted the money twice because she was careful.
The *cashier* counted the money twice because he was careful.
The *farmer* sold her cow.
The *farmer* sold his cow.
"""

TRANSLATED = {
    "spa": """
La *enfermera* dijo que estaba cansada.
El *enfermero* dijo que estaba cansado.
Hablé con la *médica* porque sabía la respuesta.
Hablé con el *médico* porque sabía la respuesta.
La *maestra* cerró la puerta cuando salió.
El *maestro* cerró la puerta cuando salió.
Dimos las gracias a la *panadera* porque nos había ayudado.
Dimos las gracias al *panadero* porque nos había ayudado.
La joven *abogada* perdió sus llaves.
El joven *abogado* perdió sus llaves.
La *cocinera* abrió la ventana porque tenía calor.
El *cocinero* abrió la ventana porque tenía calor.
La *secretaria* escribió una carta antes de dormir.
El *secretario* escribió una carta antes de dormir.
Esperaron a la *escritora* porque llegaba tarde.
Esperaron al *escritor* porque llegaba tarde.
La *cajera* contó el dinero dos veces porque era cuidadosa.
El *cajero* contó el dinero dos veces porque era cuidadoso.
La *granjera* vendió su vaca.
El *granjero* vendió su vaca.
""",
    "fra": """
L'*infirmière* a dit qu'elle était fatiguée.
L'*infirmier* a dit qu'il était fatigué.
J'ai parlé à la *docteure* parce qu'elle connaissait la réponse.
J'ai parlé au *docteur* parce qu'il connaissait la réponse.
L'*institutrice* a fermé la porte en partant.
L'*instituteur* a fermé la porte en partant.
Nous avons remercié la *boulangère* parce qu'elle nous avait aidés.
Nous avons remercié le *boulanger* parce qu'il nous avait aidés.
Mon *avocate* a perdu ses clés.
Mon *avocat* a perdu ses clés.
La *cuisinière* a ouvert la fenêtre parce qu'elle avait chaud.
Le *cuisinier* a ouvert la fenêtre parce qu'il avait chaud.
La *secrétaire* a écrit une lettre avant de dormir.
Le *secrétaire* a écrit une lettre avant de dormir.
Ils ont attendu l’*écrivaine* parce qu'elle était en retard.
Ils ont attendu l’*écrivain* parce qu'il était en retard.
La *caissière* a compté deux fois l'argent parce qu'elle était prudente.
Le *caissier* a compté deux fois l'argent parce qu'il était prudent.
La *fermière* a vendu sa vache.
Le *fermier* a vendu sa vache.
""",
    "ita": """
L'*infermiera* ha detto che era stanca.
L'*infermiere* ha detto che era stanco.
Ho parlato con la *dottoressa* perché sapeva la risposta.
Ho parlato con il *dottore* perché sapeva la risposta.
La *maestra* ha chiuso la porta uscendo.
Il *maestro* ha chiuso la porta uscendo.
Abbiamo ringraziato la *fornaia* perché ci aveva aiutato.
Abbiamo ringraziato il *fornaio* perché ci aveva aiutato.
L'*avvocata* ha perso le chiavi.
L'*avvocato* ha perso le chiavi.
La *cuoca* ha aperto la finestra perché aveva caldo.
Il *cuoco* ha aperto la finestra perché aveva caldo.
La *segretaria* ha scritto una lettera prima di dormire.
Il *segretario* ha scritto una lettera prima di dormire.
Hanno aspettato la *scrittrice* perché era in ritardo.
Hanno aspettato lo *scrittore* perché era in ritardo.
La *cassiera* ha contato i soldi due volte perché era attenta.
Il *cassiere* ha contato i soldi due volte perché era attento.
La *contadina* ha venduto la sua mucca.
Il *contadino* ha venduto la sua mucca.
""",
    "deu": """
Die *Krankenschwester* sagte, dass sie müde sei.
Der *Krankenpfleger* sagte, dass er müde sei.
Ich sprach mit der *Ärztin*, weil sie die Antwort wusste.
Ich sprach mit dem *Arzt*, weil er die Antwort wusste.
Die *Lehrerin* schloss die Tür, als sie ging.
Der *Lehrer* schloss die Tür, als er ging.
Wir dankten der *Bäckerin*, weil sie uns geholfen hatte.
Wir dankten dem *Bäcker*, weil er uns geholfen hatte.
Die *Anwältin* hat ihre Schlüssel verloren.
Der *Anwalt* hat seine Schlüssel verloren.
Die *Köchin* öffnete das Fenster, weil ihr heiß war.
Der *Koch* öffnete das Fenster, weil ihm heiß war.
Die *Angestellte* schrieb einen Brief, bevor sie schlief.
Der *Angestellte* schrieb einen Brief, bevor er schlief.
Sie warteten auf die *Schriftstellerin*, weil sie spät kam.
Sie warteten auf den *Schriftsteller*, weil er spät kam.
Mit der *Angestellten* zählten wir das Geld zweimal, weil sie sorgfältig war.
Mit dem *Angestellten* zählten wir das Geld zweimal, weil er sorgfältig war.
Die *Bäuerin* verkaufte ihre Kuh.
Der *Bauer* verkaufte seine Kuh.
""",
    "rus": """
*Медсестра* сказала, что устала.
*Медбрат* сказал, что устал.
Я говорил с *учительницей*, потому что она знала ответ.
Я говорил с *учителем*, потому что он знал ответ.
*Воспитательница* закрыла дверь, когда ушла.
*Воспитатель* закрыл дверь, когда ушёл.
Мы поблагодарили *продавщицу*, потому что она нам помогла.
Мы поблагодарили *продавца*, потому что он нам помог.
*Адвокатесса* потеряла ключи.
*Адвокат* потерял ключи.
*Повариха* открыла окно, потому что ей было жарко.
*Повар* открыл окно, потому что ему было жарко.
*Секретарша* написала письмо перед сном.
*Секретарь* написал письмо перед сном.
Они ждали *писательницу*, потому что она опаздывала.
Они ждали *писателя*, потому что он опаздывал.
*Кассирша* дважды пересчитала деньги, потому что была осторожна.
*Кассир* дважды пересчитал деньги, потому что был осторожен.
*Крестьянка* продала свою корову.
*Крестьянин* продал свою корову.
""",
    "ukr": """
*Медсестра* сказала, що втомилася.
*Медбрат* сказав, що втомився.
Я говорив з *лікаркою*, бо вона знала відповідь.
Я говорив з *лікарем*, бо він знав відповідь.
*Вчителька* зачинила двері, коли пішла.
*Вчитель* зачинив двері, коли пішов.
Ми подякували *продавчині*, бо вона нам допомогла.
Ми подякували *продавцю*, бо він нам допоміг.
*Адвокатка* загубила ключі.
*Адвокат* загубив ключі.
*Кухарка* відчинила вікно, бо їй було спекотно.
*Кухар* відчинив вікно, бо йому було спекотно.
*Секретарка* написала листа перед сном.
*Секретар* написав листа перед сном.
Вони чекали на *письменницю*, бо вона запізнювалася.
Вони чекали на *письменника*, бо він запізнювався.
*Касирка* двічі перерахувала гроші, бо була обережна.
*Касир* двічі перерахував гроші, бо був обережний.
*Селянка* продала свою корову.
*Селянин* продав свою корову.
""",
    "ara": """
قالت *الممرضة* إنها متعبة.
قال *الممرض* إنه متعب.
تحدثت مع *الطبيبة* لأنها عرفت الجواب.
تحدثت مع *الطبيب* لأنه عرف الجواب.
أغلقت *المعلمة* الباب عندما خرجت.
أغلق *المعلم* الباب عندما خرج.
شكرنا *الخبازة* لأنها ساعدتنا.
شكرنا *الخباز* لأنه ساعدنا.
فقدت *المحاميةُ* مفاتيحها.
فقد *المحامي* مفاتيحه.
فتحت *الطباخة* النافذة لأنها شعرت بالحر.
فتح *الطباخ* النافذة لأنه شعر بالحر.
كتبت *سكرتيرته* رسالة قبل أن تنام.
كتب *سكرتيره* رسالة قبل أن ينام.
انتظروا *الكاتبة* لأنها تأخرت.
انتظروا *الكاتب* لأنه تأخر.
عدّت *المحاسبة* النقود مرتين لأنها حريصة.
عدّ *المحاسب* النقود مرتين لأنه حريص.
باعت *المزارعة* بقرتها.
باع *المزارع* بقرته.
""",
    "heb": """
*האחות* אמרה שהיא עייפה.
*האח* אמר שהוא עייף.
דיברתי עם *הרופאה* כי היא ידעה את התשובה.
דיברתי עם *הרופא* כי הוא ידע את התשובה.
*הגננת* סגרה את הדלת כשיצאה.
*הגנן* סגר את הדלת כשיצא.
הודינו *למוכרת* כי היא עזרה לנו.
הודינו *למוכר* כי הוא עזר לנו.
*עורכת* הדין איבדה את המפתחות.
*עורך* הדין איבד את המפתחות.
*הטבחית* פתחה את החלון כי היה לה חם.
*הטבח* פתח את החלון כי היה לו חם.
*המזכירה* כתבה מכתב לפני השינה.
*המזכיר* כתב מכתב לפני השינה.
הם חיכו *לסופרת* כי היא איחרה.
הם חיכו *לסופר* כי הוא איחר.
*הקופאית* ספרה את הכסף פעמיים כי הייתה זהירה.
*הקופאי* ספר את הכסף פעמיים כי היה זהיר.
*החקלאית* מכרה את הפרה שלה.
*החקלאי* מכר את הפרה שלו.
""",
}


def lines(text: str) -> list[tuple[str, int]]:
    """Return each sentence with the number of letters before who it is about."""
    return [(line.replace("*", ""), line.index("*")) for line in text.strip().splitlines()]
