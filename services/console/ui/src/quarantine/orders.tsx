import type { Ordered, QuarantinedDetail } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { Icon } from '../parts/icon.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useIsOperator, useSession } from '../shell/session.tsx'
import { DropDialog, REASON_MAX } from './drop-dialog.tsx'
import { orderText } from './order-text.ts'

interface Props {
  readonly quarantined: QuarantinedDetail
  readonly done: () => void
}

/** The orders for a record, for people with the role. */
export function Orders({ quarantined, done }: Props): JSX.Element {
  const isClosed = quarantined.state === 'dropped' || quarantined.state === 'replayed'
  const place = useRef<HTMLDivElement>(null)
  const wasOpen = useRef(!isClosed)
  useEffect(() => {
    // The buttons are gone with the focus.
    if (isClosed && wasOpen.current) place.current?.focus()
    wasOpen.current = !isClosed
  }, [isClosed])
  return (
    <div ref={place} tabIndex={-1}>
      {isClosed ? (
        <p class="quiet">The record is closed: it takes no more orders.</p>
      ) : (
        <OpenOrders quarantined={quarantined} done={done} />
      )}
    </div>
  )
}

function OpenOrders({ quarantined, done }: Props): JSX.Element {
  const { canOrder } = useSession()
  const isOperator = useIsOperator()
  if (!isOperator) {
    return <Hint>You need the role operator to replay or drop a record.</Hint>
  }
  if (!canOrder) {
    return (
      <Hint>
        This console cannot send your order: it has no gateway, or no keys to sign vouchers. Use an
        admin’s token: freshet quarantine replay --dry-run
      </Hint>
    )
  }
  return <OrderForm quarantined={quarantined} done={done} />
}

function Hint({ children }: { readonly children: string }): JSX.Element {
  return (
    <p class="note">
      <Icon tone="idle" />
      {children}
    </p>
  )
}

/** A replay is tested first: the button that does it appears with the tested outcome. A drop is confirmed first. */
function OrderForm({ quarantined, done }: Props): JSX.Element {
  const [outcome, setOutcome] = useState<Ordered | Problem>()
  const [isBusy, setBusy] = useState(false)
  const [reason, setReason] = useState('')
  const [isDropping, setDropping] = useState(false)
  const order = async (verb: string, body: object): Promise<void> => {
    setBusy(true)
    const path = `/v1/quarantine/${encodeURIComponent(quarantined.id)}/${verb}`
    setOutcome(await ask<Ordered>(path, { method: 'POST', body }).catch(problemOf))
    setBusy(false)
    if (!verb.includes('dryRun')) done()
  }
  const wouldTake = outcome !== undefined && 'result' in outcome && outcome.result === 'would'
  const button = (name: string, run: () => void): JSX.Element => (
    <button type="button" aria-disabled={isBusy} onClick={() => !isBusy && run()}>
      {name}
    </button>
  )
  return (
    <div class="orders" aria-busy={isBusy}>
      <div class="filters">
        {button('Test replay', () => void order('replay?dryRun=true', {}))}
        {wouldTake && (
          <>
            {button('Replay now', () => void order('replay', reason === '' ? {} : { reason }))}
            <label>
              Reason (optional)
              <input
                value={reason}
                maxLength={REASON_MAX}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        {button('Drop…', () => setDropping(true))}
      </div>
      {isDropping && (
        <DropDialog
          quarantined={quarantined}
          close={() => setDropping(false)}
          drop={(why) => void order('drop', { reason: why })}
        />
      )}
      <div role="status" aria-live="polite">
        {outcome !== undefined && <Outcome outcome={outcome} />}
      </div>
    </div>
  )
}

function Outcome({ outcome }: { readonly outcome: Ordered | Problem }): JSX.Element {
  if (!('result' in outcome)) return <ProblemNote problem={outcome} />
  return (
    <p class="note">
      <Icon tone={outcome.result === 'would' ? 'ok' : 'idle'} />
      {orderText(outcome)}
    </p>
  )
}
