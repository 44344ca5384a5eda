import type { Status } from '../answers/health.ts'
import type { FindingRule } from './finding-rule.ts'
import { countOf } from './words.ts'

type Doubted = NonNullable<Status['doubted']>[number]

/** Findings about states that only a snapshot of their source ends. No metric has them, so no alert does. */
export const doubtHealth: Readonly<Record<'sourceUnstated' | 'accountsOmitted', FindingRule>> = {
  sourceUnstated: {
    alert: null,
    weight: 'degraded',
    effect: 'no token is minted with these claims, and none at all while the accounts are in doubt',
    find: ({ status }) =>
      (status?.doubted ?? []).map((doubted) => {
        const { source: object, tenant, since } = doubted
        const [what, remedy] = [doubtOf(doubted), remedyFor(doubted)]
        return { object, tenant, what, remedy, since: since ?? undefined }
      }),
  },
  accountsOmitted: {
    alert: null,
    weight: 'note',
    effect: 'no token is minted for them until the account source sends their state',
    find: ({ status }) =>
      (status?.omitted ?? []).map(({ tenant, accounts }) => ({
        object: tenant,
        tenant,
        what: `The last snapshot of accounts of ${tenant} omitted ${countOf(accounts, 'account')}`,
        remedy:
          'let the account source send `enabled`, `disabled` or `deleted` for each of them, or a snapshot with all accounts',
      })),
  },
}

function doubtOf({ tenant, source, issuer, change, isVoided, ...doubted }: Doubted): string {
  const whose = issuer === null ? `all of ${tenant}` : `${issuer} in ${tenant}`
  const since = change === null ? '' : ` since the change ${change}`
  const voided = isVoided ? `. An activation ended the open snapshot of ${source}` : ''
  return `${statesOf(doubted)} of ${source} are in doubt for ${whose}${since}${voided}`
}

function statesOf({ claims, hasAccounts }: Pick<Doubted, 'claims' | 'hasAccounts'>): string {
  const named = claims.length === 0 ? [] : [`claims ${claims.join(', ')}`]
  const text = [...(hasAccounts ? ['all accounts'] : []), ...named].join(' and ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function remedyFor({ tenant, source, hasAccounts }: Doubted): string {
  const resync = `run \`freshet source resync FILE\` for ${source} of ${tenant}`
  return hasAccounts ? `${resync}, with a line for each account` : resync
}
