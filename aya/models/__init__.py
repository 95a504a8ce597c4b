"""Any generative model behind one Protocol: asked once, within limits, with an account of what it cost."""
