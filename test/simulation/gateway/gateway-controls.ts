import { KEPT, type GatewayRules } from './rules.ts'
import type { Violation } from './world.ts'

/**
 * One rule that is removed from the gateways, and the violation that must show within so many seeds from 1
 * on.
 */
export interface GatewayControl {
  readonly rule: string
  readonly without: string
  readonly rules: GatewayRules
  readonly shows: Violation['kind']
  readonly seeds: number
}

function control(
  without: string,
  change: Partial<GatewayRules>,
  shown: Pick<GatewayControl, 'rule' | 'shows' | 'seeds'>,
): GatewayControl {
  return { without, rules: { ...KEPT, ...change }, ...shown }
}

/** The negative controls of the gateways’ rules. */
export const GATEWAY_CONTROLS: readonly GatewayControl[] = [
  control(
    'records are produced before their stamps are committed',
    { produce: 'before-commit' },
    { rule: '34', shows: 'twice', seeds: 30 },
  ),
  control(
    'a retry is answered because its event is stamped',
    { answer: 'stamped' },
    { rule: '34', shows: 'lost', seeds: 20 },
  ),
  control(
    'nobody sweeps what a gateway left over',
    { sweeper: 'never' },
    { rule: '34', shows: 'stuck', seeds: 30 },
  ),
  control(
    'gateways of one feed do not take turns',
    { feed: 'unlocked' },
    { rule: '34', shows: 'twice', seeds: 30 },
  ),
  control(
    'a turn produces what another gateway has in flight',
    { turn: 'everything', faults: 'none' },
    { rule: '34', shows: 'copied', seeds: 20 },
  ),
  control(
    'the next sequence is the one after the last',
    { next: 'after-last' },
    { rule: '35', shows: 'vouched', seeds: 60 },
  ),
  control(
    'the reconciler writes no stamps back',
    { stamps: 'forgotten' },
    { rule: '35', shows: 'stuck', seeds: 20 },
  ),
  control(
    'a heartbeat does not wait for what it covers',
    { heartbeat: 'does-not-wait' },
    { rule: '37', shows: 'vouched', seeds: 60 },
  ),
  control(
    'a heartbeat for many tenants states one whose rows wait',
    { heartbeat: 'many-do-not-wait' },
    { rule: '37', shows: 'vouched', seeds: 60 },
  ),
  control(
    'a source speaks for what it has sent',
    { word: 'sent' },
    { rule: '37', shows: 'vouched', seeds: 60 },
  ),
  control(
    'a source reads its clock after the end of its feed',
    { clock: 'after-the-end' },
    { rule: '37', shows: 'vouched', seeds: 60 },
  ),
]
