import type { MissedAnswer } from '@freshet/source'
import type { ResyncReport } from './source-resync.ts'

/** Missed changes that people are shown by name. */
const NAMED_MAX = 20

/** The findings of a snapshot, for people. */
export function resyncText(report: ResyncReport): string {
  const { source, owner, contact, compared, missed, unfinished, omittedAccounts = 0 } = report
  const { removals, grants, changes } = missed
  const named = changes.slice(0, NAMED_MAX)
  const more = Math.max(removals, grants, changes.length) - named.length
  return [
    `compared ${compared} claims of subjects with the former state of ${source}: ` +
      `${removals} missed removals, ${grants} missed grants`,
    ...named.map(missedLine),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...(omittedAccounts > 0 ? [omittedText(omittedAccounts, source)] : []),
    ...(changes.length > 0 ? [`owner: ${owner}${contact && `, ${contact}`}`] : []),
    ...ending(report, unfinished.join(', ')),
  ].join('\n')
}

function omittedText(accounts: number, source: string): string {
  const areIn = accounts === 1 ? '1 account is' : `${accounts} accounts are`
  return `${areIn} in doubt: the last snapshot of accounts of ${source} omitted them, and their tokens are stale`
}

function missedLine({ sub, claim, change, removal, grant }: MissedAnswer): string {
  const kinds = [...(removal ? ['removal'] : []), ...(grant ? ['grant'] : [])]
  return `  ${sub}  ${claim}  missed ${kinds.join(' and ')}  (found by ${change})`
}

function ending({ source, state }: ResyncReport, partitions: string): readonly string[] {
  if (state === 'ended') return []
  if (state === 'void') {
    return [
      `void in partition ${partitions}: its end was refused (event.statement), because a policy version that gave ${source} a claim or the accounts was activated, or a record of it was unreadable.`,
      'Write the file anew, and run the same command with --restart.',
    ]
  }
  return [
    `held in partition ${partitions}: the file omits more than ${source} can remove without confirmation (event.unconfirmed).`,
    `Claims of ${source} are unverified there until you run the same command with --confirm, or load a whole file.`,
  ]
}
