DROP INDEX app.attempts_of_day;
DROP TABLE app.call_checks;
