"""Probes of a model for harm and bias: toxicity of continuations, likelihood of groups, gender in translations."""
