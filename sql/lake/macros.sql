-- A text where the warehouse keeps at most so many bytes: what is longer is cut and marked. A
-- character has at most four bytes, the mark three.
CREATE OR REPLACE TEMP MACRO fitted(words, most) AS CASE
    WHEN strlen(words) > most THEN left(words, most // 4 - 1) || '…' ELSE words
END;

-- Whose lines these are: the tenancy where a line names one (an OCI FOCUS report has it as the sub
-- account, and the subscription as the billing account), else the billing account.
CREATE OR REPLACE TEMP MACRO account_of(billing_account, sub_account) AS CASE
    WHEN starts_with(billing_account, 'ocid1.tenancy.') THEN billing_account
    WHEN starts_with(sub_account, 'ocid1.tenancy.') THEN sub_account
    ELSE billing_account
END;
