"""NN Lab in the browser: `streamlit run app.py`, or `make run`."""

from ui import navigation

navigation.run()
