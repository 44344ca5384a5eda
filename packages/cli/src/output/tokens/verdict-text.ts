import type { ExplainedVerdict } from '@freshet/insight/answers'
import type { Colors } from '../colors.ts'
import { printable } from '../printable.ts'

/** The verdict on one claim, as a sentence. */
export function verdictText(name: string, answer: ExplainedVerdict, colors: Colors): string {
  const { verdict, reason, change, source, since } = answer
  const claim = printable(name)
  switch (verdict) {
    case 'fresh':
      return `${claim} is ${colors.green('fresh')}`
    case 'stale': {
      const by = change === undefined ? '' : ` by change ${printable(change)}`
      return `${claim} is ${colors.red('stale')}: ${REASONS[reason ?? ''] ?? reason}${by}`
    }
    case 'unverified': {
      const why = UNKNOWN[reason ?? '']
      if (why !== undefined) return `${claim} is ${colors.yellow('unverified')}: ${why} (${reason})`
      const heard = since === undefined ? 'was never heard' : `was last heard up to ${since}`
      return `${claim} is ${colors.yellow('unverified')}: ${printable(source ?? '')} ${heard}`
    }
  }
}

const UNKNOWN: Readonly<Record<string, string>> = {
  'authority-behind': 'the position of the authority is behind that of the caller',
  'omitted-over': 'the token omits it, because it was too large',
  'omitted-unverified': 'the token omits it, because its source was silent at the mint',
}

const REASONS: Readonly<Record<string, string>> = {
  incarnation: 'it was minted in an earlier life of the change topic (incarnation)',
  'claim-changed': 'the claim was reduced after the token was minted (claim-changed)',
  account: 'the account changed after the token was minted (account)',
  'value-withdrawn': 'a value was withdrawn from all its holders (value-withdrawn)',
  'tenant-cut-off': 'the whole tenant was cut off (tenant-cut-off)',
  'client-cut-off': 'the client was cut off (client-cut-off)',
  'policy-version': 'its policy version is below the minimum (policy-version)',
  'key-denied': 'the key that signed it is denied (key-denied)',
  'issuer-denied': 'its issuer is denied (issuer-denied)',
  'session-denied': 'its session is denied (session-denied)',
  'token-denied': 'the token itself is denied (token-denied)',
}
