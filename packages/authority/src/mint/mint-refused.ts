import {
  FreshetError,
  type MintRefusal,
  type SilentSource,
  type UngrantedScope,
} from '@freshet/protocol'

/** The error of a refused mint. It names claim, source or version, never the subject. */
export function mintRefused(refusal: MintRefusal): FreshetError {
  switch (refusal.kind) {
    case 'not-active':
      return new FreshetError(
        'mint.not-active',
        `The registry loaded here is version ${refusal.loaded}; version ${refusal.active} is ` +
          'active, or it has other content.',
      )
    case 'silent-source':
      return new FreshetError('mint.unverified', silenceRefused(refusal))
    case 'doubt':
      return new FreshetError(
        'mint.doubtful',
        `Claim ${refusal.claim} of the subject is in doubt until its source states it again.`,
      )
    case 'account-doubt':
      return new FreshetError(
        'mint.doubtful',
        `The account of ${partyName(refusal.party)} is in doubt until the account source states it.`,
      )
    case 'too-large':
      return new FreshetError(
        'mint.too-large',
        `Claim ${refusal.claim} has more than the ${refusal.maxBytes} bytes it may have.`,
      )
    case 'over-budget':
      return new FreshetError(
        'mint.too-large',
        `Claims for ${refusal.audience} have more than the ${refusal.maxBytes} bytes they may have.`,
      )
    case 'unregistered':
      return new FreshetError('grant.target', `No claim ${refusal.claim} is registered.`)
    case 'scope':
      return new FreshetError('grant.scope', scopeRefused(refusal))
    case 'unknown-subject':
    case 'account-off':
    case 'identity-ended':
      return new FreshetError('grant.invalid', partyRefused(refusal))
    case 'cycle':
      return new FreshetError('grant.cycle', 'A party would act for itself.')
    case 'too-deep':
      return new FreshetError('grant.too-deep', `A token has at most ${refusal.actorsMax} actors.`)
    case 'denied':
      return new FreshetError('grant.invalid', `The ${refusal.denial} of this request is denied.`)
    case 'no-key':
      return new FreshetError('keys.unusable', 'No key may sign the token.')
  }
}

/** One silent source is its own cause. If all are silent, recording has stopped, or the gateway gets no heartbeat. */
function silenceRefused({ source, partition, isEvery }: SilentSource): string {
  return isEvery
    ? `Every source is silent beyond its lease in partition ${partition}: no heartbeat is recorded.`
    : `Source ${source} is silent beyond its lease in partition ${partition}.`
}

function scopeRefused({ scope, claim }: UngrantedScope): string {
  if (claim === undefined) return `The audience does not have scope ${scope}.`
  return `Scope ${scope} needs values of claim ${claim} that the token would not have.`
}

type PartyRefusal = Exclude<
  Extract<MintRefusal, { readonly party: number }>,
  { readonly kind: 'account-doubt' }
>

function partyRefused({ kind, party }: PartyRefusal): string {
  const name = partyName(party)
  switch (kind) {
    case 'unknown-subject':
      return `No source knows ${name}.`
    case 'account-off':
      return `The account of ${name} is disabled or deleted.`
    case 'identity-ended':
      return `The identity token of ${name} was issued before its sessions ended. Log in again.`
  }
}

function partyName(party: number): string {
  return party === 0 ? 'the subject' : 'the actor'
}
