"""The contents of the wheel; all other metadata is in pyproject.toml.

The wheel has three packages: `nn_core`, `ui` and `nn_lab`, which contains the files of the checkout that belong to neither.
"""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildApp(build_py):
    """Of the scripts in the top folder, packs only app.py."""

    def find_package_modules(self, package, package_dir):
        modules = super().find_package_modules(package, package_dir)
        return [entry for entry in modules if package != "nn_lab" or entry[1] == "app"]


setup(
    cmdclass={"build_py": BuildApp},
    packages=[*find_packages(include=["nn_core*", "ui*"]), "nn_lab", "nn_lab.pages"],
    package_dir={"nn_lab": ".", "nn_lab.pages": "pages"},
    package_data={
        "nn_core": ["**/*"],
        "ui": ["**/*"],
        "nn_lab": [".streamlit/config.toml", "checkpoints/pretrained-*/*"],
    },
    exclude_package_data={"": ["**/__pycache__/*", "*.lock"]},
)
