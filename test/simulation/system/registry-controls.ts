import type { Control } from './control.ts'
import { unreadableIgnored } from './weakened-recorder.ts'
import * as registry from './weakened-registry.ts'

/** The controls of a registry that changes, and of what its sources state. */
export const REGISTRY_CONTROLS: readonly Control[] = [
  {
    rule: '32',
    without: 'an activation leaves nothing in doubt',
    guards: { recorder: registry.nothingDoubted },
    mix: 'providers',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 12,
  },
  {
    rule: '32',
    without: 'a snapshot that began before an activation counts for what moved with it',
    guards: { recorder: registry.openMeanwhile },
    mix: 'registry',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 40,
  },
  {
    rule: '32',
    without:
      'a snapshot begins whose state is older than an activation that gave its source something',
    guards: { recorder: registry.olderStates },
    mix: 'exports',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 40,
  },
  {
    rule: '20',
    without: 'a removal for a partner that left meanwhile leaves nothing in doubt',
    guards: { recorder: unreadableIgnored },
    mix: 'partners',
    breaks: ['taken'],
    seeds: 220,
  },
  {
    rule: '20',
    without: 'a withdrawn value for a partner that left meanwhile is refused',
    guards: { registry: registry.partnerWithdrawalRefused },
    mix: 'partners',
    breaks: ['taken'],
    seeds: 40,
  },
  {
    rule: '16',
    without: 'a heartbeat that is ahead of the broker counts',
    guards: { changeReader: registry.anyTimeCounts },
    mix: 'ahead',
    breaks: ['V1', 'remedy', 'taken', 'lacking'],
    seeds: 20,
  },
  {
    rule: '2',
    without: 'the floor of the outbox stays where ids begin again below it',
    guards: { floors: false },
    mix: 'failover',
    breaks: ['V1', 'taken', 'lacking'],
    seeds: 20,
  },
  {
    rule: '32',
    without: 'an activation has no minimum',
    guards: { minimum: () => 0 },
    mix: 'audiences',
    breaks: ['taken', 'lacking'],
    seeds: 40,
  },
]
