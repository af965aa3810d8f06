"""What must outlive a process: users, jobs, versions in force, and the audit log."""
