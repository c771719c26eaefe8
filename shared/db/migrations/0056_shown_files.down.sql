REVOKE UPDATE (visible_to_customer) ON app.case_attachments FROM t_dealer, t_region, t_oem;
