import { PROBE_NAME } from '@freshet/protocol/slo'

/** The error of a database whose disk is full. */
const REFUSAL = `RAISE EXCEPTION 'planned' USING ERRCODE = 'disk_full'`

/**
 * Makes the database refuse rows of the canary alone: the grant of one claim and the removal of another before they
 * are sent, and each token after the grant of a third one.
 */
export const PROBE_FAULTS = `
  CREATE FUNCTION refuse_probe_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${refusalOf('probe-grant', 'add')}
      ${refusalOf('probe-accept', 'remove')}
      RETURN NEW;
    END $$;
  CREATE TRIGGER refuse_probe_change BEFORE INSERT ON waiting_record
    FOR EACH ROW EXECUTE FUNCTION refuse_probe_change();
  CREATE FUNCTION refuse_probe_token() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF NEW.tenant = '${PROBE_NAME}' AND 'probe-mint' = (
        SELECT claim FROM public.change_log WHERE tenant = '${PROBE_NAME}'
        ORDER BY appended_at_ms DESC LIMIT 1)
      THEN ${REFUSAL}; END IF;
      RETURN NEW;
    END $$;
  CREATE TRIGGER refuse_probe_token BEFORE INSERT ON token
    FOR EACH ROW EXECUTE FUNCTION refuse_probe_token()`

/** Ends it. */
export const PROBE_FAULTS_END = `
  DROP TRIGGER refuse_probe_change ON waiting_record;
  DROP TRIGGER refuse_probe_token ON token;
  DROP FUNCTION refuse_probe_change, refuse_probe_token`

function refusalOf(claim: string, op: string): string {
  const contains = (text: string): string =>
    `position(convert_to('${text}', 'UTF8') in NEW.record) > 0`
  const isMeant = `${contains(`"claim":"${claim}"`)} AND ${contains(`"op":"${op}"`)}`
  return `IF ${isMeant} THEN ${REFUSAL}; END IF;`
}
