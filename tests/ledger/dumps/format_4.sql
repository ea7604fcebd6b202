BEGIN TRANSACTION;
CREATE TABLE acknowledgement (
	position INTEGER NOT NULL, 
	alert_id VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	person VARCHAR, 
	comment TEXT, 
	PRIMARY KEY (position), 
	FOREIGN KEY(alert_id) REFERENCES alert (alert_id)
);
INSERT INTO "acknowledgement" VALUES(1,'433c2ccafc2e','acknowledged','2024-06-03 08:00:00.000000',NULL,NULL);
CREATE TABLE alert (
	alert_id VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	kpi VARCHAR NOT NULL, 
	grain VARCHAR NOT NULL, 
	segment_type VARCHAR NOT NULL, 
	segment VARCHAR NOT NULL, 
	severity VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	opened_at DATETIME NOT NULL, 
	fired_at DATETIME NOT NULL, 
	acknowledged_at DATETIME, 
	resolved_at DATETIME, 
	period_start DATE NOT NULL, 
	value DOUBLE NOT NULL, 
	threshold DOUBLE NOT NULL, 
	peak_value DOUBLE NOT NULL, 
	messages_sent INTEGER NOT NULL, 
	opened_period DATE NOT NULL, 
	breached_periods INTEGER NOT NULL, 
	PRIMARY KEY (alert_id)
);
INSERT INTO "alert" VALUES('433c2ccafc2e','csat-floor','csat','week','channel','chat','warn','firing','2024-06-03 07:00:00.000000','2024-06-03 07:00:00.000000','2024-06-03 08:00:00.000000',NULL,'2024-01-08',0.7,0.8,0.7,1,'2024-01-08',1);
INSERT INTO "alert" VALUES('1c7a21ad43b6','csat-floor','csat','week','channel','phone','critical','resolved','2024-06-03 07:00:00.000000','2024-06-03 07:00:00.000000',NULL,'2024-06-03 08:00:00.000000','2024-01-08',0.5,0.6,0.5,0,'2024-01-08',1);
CREATE TABLE export_log (
	name VARCHAR NOT NULL, 
	tick DATETIME NOT NULL, 
	written_at DATETIME NOT NULL, 
	path TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (name, tick)
);
INSERT INTO "export_log" VALUES('weekly','2024-06-03 07:00:00.000000','2024-06-03 07:06:00.000000','exports/weekly.xlsx',12,'ab12');
CREATE TABLE ledger_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT ledger_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ledger_version" VALUES('0004');
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','3');
CREATE TABLE "outage" (
	subject VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	since DATETIME NOT NULL, 
	failures INTEGER NOT NULL, 
	PRIMARY KEY (subject, name)
);
INSERT INTO "outage" VALUES('source','crm','2024-06-03 07:00:00.000000',2);
CREATE TABLE outbox (
	message_id VARCHAR NOT NULL, 
	dedup_key VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	alert_id VARCHAR, 
	record JSON NOT NULL, 
	state VARCHAR NOT NULL, 
	doubtful BOOLEAN NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_attempt_at DATETIME NOT NULL, 
	lease_until DATETIME, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	last_error TEXT, attempted_at DATETIME, 
	PRIMARY KEY (message_id), 
	UNIQUE (dedup_key), 
	FOREIGN KEY(alert_id) REFERENCES alert (alert_id)
);
INSERT INTO "outbox" VALUES('id of alert/433c2ccafc2e/fired/warn/2024-01-08/support','alert/433c2ccafc2e/fired/warn/2024-01-08/support',1,'support','433c2ccafc2e','{"kind": "alert", "title": "seen for the first time, beyond its bounds since 2024-01-08"}','sent',0,1,'2024-06-03 07:00:00.000000',NULL,'2024-06-03 07:00:00.000000','2024-06-03 07:00:00.000000',NULL,NULL);
INSERT INTO "outbox" VALUES('id of alert/1c7a21ad43b6/fired/critical/2024-01-08/support','alert/1c7a21ad43b6/fired/critical/2024-01-08/support',2,'support','1c7a21ad43b6','{"kind": "alert", "title": "seen for the first time, beyond its bounds since 2024-01-08"}','sending',0,2,'2024-06-03 07:00:30.000000','2024-06-03 08:05:00.000000','2024-06-03 07:00:00.000000',NULL,'the server refused',NULL);
INSERT INTO "outbox" VALUES('id of alert/1c7a21ad43b6/resolved/critical/2024-01-15/support','alert/1c7a21ad43b6/resolved/critical/2024-01-15/support',3,'support','1c7a21ad43b6','{"kind": "alert", "title": "0.9 is within the bounds"}','pending',0,0,'2024-06-03 08:00:00.000000',NULL,'2024-06-03 08:00:00.000000',NULL,NULL,NULL);
INSERT INTO "outbox" VALUES('m-failed','k-failed',4,'operators',NULL,'{"kind": "pipeline", "title": "cl\u00e9"}','failed',0,1,'2024-06-03 08:00:00.000000',NULL,'2024-06-03 08:00:00.000000',NULL,'no such channel',NULL);
CREATE TABLE series_state (
	rule VARCHAR NOT NULL, 
	kpi VARCHAR NOT NULL, 
	grain VARCHAR NOT NULL, 
	segment_type VARCHAR NOT NULL, 
	segment VARCHAR NOT NULL, 
	state TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (rule, kpi, grain, segment_type, segment)
);
INSERT INTO "series_state" VALUES('csat-floor','csat','week','channel','chat','{"state": {"incident": {"alert_id": "433c2ccafc2e", "breached_period": "2024-01-08", "breached_periods": 1, "fired_at": "2024-06-03T07:00:00Z", "opened_at": "2024-06-03T07:00:00Z", "opened_period": "2024-01-08", "peak_value": 0.7, "severity": "warn", "side": "below", "threshold": 0.8, "value": 0.7}, "last_period": "2024-01-08", "recoveries": 0, "status": "firing"}, "version": 1}','2024-06-03 07:00:00.000000');
INSERT INTO "series_state" VALUES('csat-floor','csat','week','channel','phone','{"state": {"incident": null, "last_period": "2024-01-15", "recoveries": 0, "status": "ok"}, "version": 1}','2024-06-03 08:00:00.000000');
INSERT INTO "series_state" VALUES('csat-floor','csat','week','channel','mail','{"state": {"incident": null, "last_period": "2024-01-01", "recoveries": 0, "status": "ok"}, "version": 1}','2024-06-03 08:00:00.000000');
CREATE TABLE silence (
	silence_id INTEGER NOT NULL, 
	rule VARCHAR NOT NULL, 
	segment VARCHAR, 
	reason TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	PRIMARY KEY (silence_id)
);
INSERT INTO "silence" VALUES(1,'csat-floor','mail','a move of offices','2024-06-03 07:00:00.000000','2024-06-07 07:00:00.000000');
INSERT INTO "silence" VALUES(2,'csat-floor',NULL,'a test','2024-06-03 02:00:00.000000','2024-06-03 03:00:00.000000');
CREATE INDEX outbox_by_alert ON outbox (alert_id, channel, position);
CREATE INDEX outbox_by_state ON outbox (state, position);
CREATE INDEX acknowledgement_by_alert ON acknowledgement (alert_id, position);
COMMIT;
