"""Parts of the Compare page: versions side by side, on films and on the test split."""
