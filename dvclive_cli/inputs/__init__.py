"""Files that users and programs hand us: settings, parameters, logs and metric files."""
