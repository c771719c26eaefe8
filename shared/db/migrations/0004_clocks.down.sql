DROP TABLE app.messages, app.events, app.escalations, app.clocks;
