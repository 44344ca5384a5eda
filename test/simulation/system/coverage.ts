import type { Mix } from './mixes.ts'

/** By member of a mix, the names that its faults are counted under. */
const MARKS: Readonly<Partial<Record<keyof Mix, string | readonly string[]>>> = {
  stall: 'stall',
  crashBefore: 'crash before',
  crashAfter: 'crash after',
  refused: 'refused',
  unknown: 'unknown',
  late: 'late',
  twice: 'twice',
  crashEveryMs: 'kill',
  pauseEveryMs: 'pause',
  cutEveryMs: ['cut', 'cut one way', 'swizzle'],
  rolloutEveryMs: 'rollout',
  silenceEveryMs: 'silence',
  retentionEveryMs: 'retention',
  backupEveryMs: 'backup',
  restoreEveryMs: 'restore',
  tailLossEveryMs: 'tail lost',
  changeLossEveryMs: 'changes lost',
  strangerEveryMs: 'stranger',
  garbled: ['garbled', 'doubt settled'],
  moves: 'claim moved',
  lies: 'lie',
  relapseEveryMs: 'versions went back',
  fullEveryMs: ['database full', 'broker full'],
  keyEveryMs: ['checkpoint key turned', 'source key turned', 'stamp key turned', 'key revoked'],
  wrongMs: 'wrong clock',
  overreach: 'overreach',
  clockStepEveryMs: 'clock step',
}

/** What every run is to see, whatever its mix, or it proves little. */
const ALWAYS = ['minted', 'verdict fresh', 'verdict stale']

/** What a mix names and some runs of it have not seen. A fault that never strikes tests nothing. */
export function unseen(mix: Mix, seen: ReadonlySet<string>): readonly string[] {
  const named = Object.entries(MARKS).flatMap(([kind, mark]) =>
    Number(mix[kind as keyof Mix]) > 0 ? mark : [],
  )
  return [...named, ...ALWAYS].filter((mark) => !seen.has(mark))
}
