-- What the image does not grant its application user, on the database's first start.
WHENEVER SQLERROR EXIT SQL.SQLCODE
ALTER SESSION SET CONTAINER = FREEPDB1;
GRANT CREATE DOMAIN, CREATE ASSERTION TO cloudledger;
