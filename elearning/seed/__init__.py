"""People in any number, with what they have learnt, to try the product at a size: `manage.py seed`."""
