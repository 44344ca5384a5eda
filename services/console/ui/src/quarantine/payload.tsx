import type { DecodedPart, RawRecord } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { Answered } from '../parts/answered.tsx'
import { useIsOperator } from '../shell/session.tsx'
import { payloadNote } from './payload-note.ts'

const NAMES: Readonly<Record<DecodedPart['part'], string>> = {
  key: 'Key',
  value: 'Value',
  'jws-header': 'Header of the JWS',
  'jws-payload': 'Payload of the JWS',
}

/** The payload of a record, for operators and on request: each read of it is an entry of the audit. */
export function Payload({ id }: { readonly id: string }): JSX.Element {
  const isOperator = useIsOperator()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <h3>Payload</h3>
      {!isOperator && <p class="quiet">You need the role operator to see the payload.</p>}
      {isOperator && (
        <p>
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide the payload' : 'Show the payload'}
          </button>{' '}
          <span class="quiet">It can have claim values. The audit records each read.</span>
        </p>
      )}
      {isOpen && <Decoded id={id} />}
    </>
  )
}

function Decoded({ id }: { readonly id: string }): JSX.Element {
  const path = `/v1/quarantine/${encodeURIComponent(id)}/record`
  const answer = useAnswer<RawRecord>(path, 'once')
  return (
    <Answered answer={answer} what="the payload">
      {({ decoded = [] }) => (
        <>
          {decoded.length === 0 && <p class="empty">The record has no key and no value.</p>}
          {decoded.map((part) => (
            <Part key={part.part} part={part} />
          ))}
          <CopyAs cli={`quarantine get ${quoted(id)} --raw record.bin`} path={path} />
        </>
      )}
    </Answered>
  )
}

/** The text is hostile. It stays a text of the page, and its note is ours. */
function Part({ part }: { readonly part: DecodedPart }): JSX.Element {
  const name = NAMES[part.part]
  return (
    <figure class="payload">
      <figcaption>
        {name} <span class="quiet">{payloadNote(part)}</span>
      </figcaption>
      <pre tabIndex={0} role="region" aria-label={name} dir="ltr">
        {part.text}
      </pre>
    </figure>
  )
}
