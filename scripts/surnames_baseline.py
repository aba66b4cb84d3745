"""The accuracy on `surnames` from counting letters alone: `python -m scripts.surnames_baseline`.

A bag of letters: logistic regression on the count of each character. Its only setting is chosen by
cross-validation on the training names. A network that reads the letters in order has to be better than this.
"""

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from nn_core.data.builtin.surnames import SURNAMES, make_surnames

_REGULARISATIONS = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]


def main() -> None:
    (train, train_labels), (test, test_labels) = (zip(*part, strict=True) for part in make_surnames())
    bag_of_letters = make_pipeline(CountVectorizer(analyzer="char"), LogisticRegression(max_iter=5000))
    search = GridSearchCV(bag_of_letters, {"logisticregression__C": _REGULARISATIONS}, cv=5)
    search.fit(train, train_labels)
    print(f"{len(train):,} training names, {len(test):,} test names, {len(SURNAMES.classes)} languages")
    print(f"chosen C: {search.best_params_['logisticregression__C']}, in cross-validation {search.best_score_:.1%}")
    print(f"test accuracy of the bag of letters: {search.score(test, test_labels):.1%}")


if __name__ == "__main__":
    main()
