import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { goTo, placeOf } from '../../shell/route.ts'
import { askedOf } from '../asked.ts'
import { keepToken } from '../pasted-token.ts'
import { RecentChanges } from './recent-changes.tsx'

/** The begin of an explanation: one field for anything, the latest changes, and the tokens that they made stale. */
export function StartSection(): JSX.Element {
  return (
    <>
      <Field />
      <RecentChanges />
    </>
  )
}

function Field(): JSX.Element {
  const [text, setText] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const place = placeFor(text)
    if (place === undefined) field.current?.focus()
    else goTo(place)
  }
  return (
    <form class="ask" onSubmit={submit}>
      <label for="ask">What do you have in hand?</label>
      <div>
        <input
          ref={field}
          id="ask"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="alice, a token, a change, a trace…"
          aria-describedby="ask-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Explain
        </button>
      </div>
      <p id="ask-hint" class="quiet">
        The name of a subject, the id of a change or token, a trace id or <code>traceparent</code>,
        or a whole token, with or without <code>Bearer</code>. The page sends a token in a body, and
        stores it nowhere. <kbd>/</kbd> searches from every page.
      </p>
    </form>
  )
}

/** The page for a text. A whole token stands in no address. */
function placeFor(text: string): string | undefined {
  const asked = askedOf(text)
  if (asked.kind === 'nothing') return undefined
  if (asked.kind === 'trace') return placeOf('/explain', { trace: asked.trace })
  if (asked.kind === 'name') return placeOf('/explain', { q: asked.text })
  keepToken(asked.token)
  return placeOf('/explain', { pasted: '1' })
}
