"""`python -m pipelines.sources.mailchimp`: fetches from one account, without a build or an alert."""

import sys

from pipelines.sources.rest.runner import main

if __name__ == "__main__":
    sys.exit(main("mailchimp"))
