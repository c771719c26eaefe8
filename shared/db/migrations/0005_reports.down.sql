DROP TABLE app.import_runs, app.report_runs, app.files;
