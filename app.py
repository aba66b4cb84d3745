"""NN Lab in the browser: `streamlit run app.py`, or `make run`."""

if __name__ == "__main__":
    # Streamlit runs this file again whenever a page is shown.
    from ui.app import navigation

    navigation.run()
else:
    # Streamlit's server imports it once and uses the middleware below.
    from streamlit.starlette import App

    from ui.app import preload
    from ui.http.middleware import make_middleware

    preload.import_at_start()
    app = App(__file__, middleware=make_middleware())
