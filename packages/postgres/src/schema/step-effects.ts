/** The effect of one step on tables that exist before it. */
export interface StepEffect {
  /**
   * True if the step only adds: tables, columns that can be absent, indexes, rights. No row, rule or right that
   * existed changes.
   */
  readonly additive: boolean
  /** Tables that no other session can read or write until the step is committed (`ACCESS EXCLUSIVE`). */
  readonly closed: readonly string[]
  /** Tables that others can read and not write until then (`SHARE` to `EXCLUSIVE`). */
  readonly readOnly: readonly string[]
  /** Tables whose rows the step copies, so that it takes the longer the more rows they have. */
  readonly rewritten: readonly string[]
}

/** Names of tables, with a blank between two. */
type Tables = Partial<Record<'closed' | 'readOnly' | 'rewritten', string>>

function adds(tables: Tables = {}): StepEffect {
  return { ...changes(tables), additive: true }
}

function changes({ closed, readOnly, rewritten }: Tables = {}): StepEffect {
  const names = (text = ''): readonly string[] => text.split(' ').filter((name) => name !== '')
  return {
    additive: false,
    closed: names(closed),
    readOnly: names(readOnly),
    rewritten: names(rewritten),
  }
}

/** The effect of each step by its name. `step-effects.pg.test.ts` measures all of them on a real server. */
export const STEP_EFFECTS: Readonly<Record<string, StepEffect | undefined>> = {
  '0001_main_path': adds(),
  '0002_intake': adds({ closed: 'stamp_feed', readOnly: 'stamp' }),
  '0003_authority': changes({ closed: 'issuance token' }),
  '0004_observatory': adds(),
  '0005_publisher': changes({ closed: 'denial progress' }),
  '0006_recorder': changes({ closed: 'change_log feed', readOnly: 'token' }),
  '0007_late_marks': adds(),
  '0008_prune': adds({ readOnly: 'watermark' }),
  '0009_checkpoint_signers': adds({ closed: 'publisher' }),
  '0010_client_assertions': adds(),
  '0011_feed_refusals': adds(),
  '0012_packed_records': changes({ closed: 'change_log outbox watermark' }),
  '0013_prune_issuances': adds({ readOnly: 'issuance' }),
  '0014_policy_versions': adds(),
  '0015_audit': adds({ closed: 'issuance' }),
  '0016_quarantine': adds({ readOnly: 'doubt' }),
  '0017_past_tokens': adds(),
  '0018_borders': changes({ closed: 'feed' }),
  '0019_missed_changes': adds({ closed: 'feed' }),
  '0020_openings': adds({ closed: 'progress' }),
  '0021_omitted_claims': adds({ closed: 'issuance token token_past' }),
  '0022_foreign_tokens': adds({ closed: 'progress watermark' }),
  '0023_foreign_ledger': adds(),
  '0024_contradictions': adds(),
  '0025_removals': adds({ closed: 'feed' }),
  '0026_row_security': changes({
    closed:
      'account_state audit_entry audit_pending change_log claim_state contradiction denial doubt feed feed_refusal foreign_token issuance late_mark missed_change outbox quarantine stamp stamp_feed stamp_free token token_past watermark wide_mark withdrawn_value',
    rewritten: 'doubt',
  }),
  '0027_erasure': adds(),
  '0028_tenant_filter': changes({
    closed:
      'account_state audit_entry change_log claim_state contradiction denial doubt feed feed_refusal foreign_token issuance missed_change outbox quarantine stamp stamp_feed stamp_free token token_past watermark wide_mark withdrawn_value',
  }),
  '0029_slis': adds({ closed: 'edge edge_apply', readOnly: 'quarantine' }),
  '0030_stamps_by_name': changes({ closed: 'stamp' }),
  '0031_exposure': adds({ closed: 'edge_apply' }),
  '0032_waiting_records': changes({ closed: 'stamp' }),
  '0033_edge_groups': adds({ closed: 'change_sample edge_apply' }),
  '0034_applies_of_groups': adds({ readOnly: 'edge_apply' }),
  '0035_packed_waiting_records': changes({ closed: 'waiting_record' }),
  '0036_report_turns': adds(),
  '0037_source_assertions': adds(),
  '0038_recording_pauses': adds(),
  '0039_report_signers': adds({ closed: 'edge' }),
  '0040_denials_end': changes({ closed: 'denial wide_mark', rewritten: 'denial' }),
  '0041_token_marks': changes({ closed: 'token token_past' }),
  '0042_queue_floors': adds({ closed: 'publisher stamp_free', readOnly: 'outbox' }),
  '0043_past_by_day': changes({ closed: 'token_past' }),
  '0044_roots_in_steps': changes({ closed: 'denial watermark' }),
  '0045_walks': changes({ closed: 'claim_state feed' }),
  '0046_marks_walking': adds({ readOnly: 'token_mark' }),
  '0047_outbox_key': changes({ closed: 'outbox' }),
  '0048_marks_by_age': changes({ closed: 'token_mark' }),
  '0049_permanent_denials': adds({ readOnly: 'denial' }),
  '0050_expanding_steps': adds({ closed: 'freshet_migration' }),
  '0051_changed_values': adds({ closed: 'change_log' }),
  '0052_unverified_sources': adds({ closed: 'edge edge_minute' }),
  '0053_stated_accounts': adds({ closed: 'account_state feed' }),
  '0054_accounts_by_walk': adds(),
  '0055_hidden_rows': adds({ closed: 'publisher' }),
  '0056_heartbeats_ahead': adds({ closed: 'feed' }),
  '0057_omitted_accounts': adds(),
  '0058_doubts_of_wholes': adds(),
  '0059_given_states': adds({ closed: 'progress' }),
  '0060_source_epochs': adds({ closed: 'stamp_feed' }),
  '0061_scim': adds(),
}
