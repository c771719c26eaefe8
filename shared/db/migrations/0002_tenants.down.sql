DROP TABLE app.policies, app.memberships, app.accounts, app.dealers, app.regions, app.oems;
