"""Git and DVC: where a run stands, what belongs to it, and how it becomes an experiment."""
