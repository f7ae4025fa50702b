"""What administrators see of the installation in the admin: its health, failed work, a test of the mail."""
