"""What answers are worth: win rates and harm, by a judge model and by people, and packs that hide whose they are."""
