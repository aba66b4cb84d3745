"""What the pages share. This package knows Streamlit; the engine behind it, `nn_core`, does not."""
