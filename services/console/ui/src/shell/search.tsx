import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { askedOf } from '../explain/asked.ts'
import { keepToken } from '../explain/pasted-token.ts'
import { goTo, placeOf } from './route.ts'

/** One box for whatever a person has in hand. A whole token never stands in an address. */
export function Search(): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  const submit = (event: Event): void => {
    event.preventDefault()
    const asked = askedOf(input.current?.value ?? '')
    if (asked.kind === 'nothing') return
    if (asked.kind === 'token') {
      keepToken(asked.token)
      goTo(placeOf('/explain', { pasted: '1' }))
    } else if (asked.kind === 'trace') goTo(placeOf('/explain', { trace: asked.trace }))
    else goTo(placeOf('/explain', { q: asked.text }))
    if (input.current) input.current.value = ''
  }
  return (
    <form class="search" role="search" onSubmit={submit}>
      <label class="hidden" for="search">
        Search a subject, token, change or trace
      </label>
      <input
        id="search"
        ref={input}
        type="search"
        placeholder="Subject, token, change…"
        autocomplete="off"
        spellcheck={false}
      />
    </form>
  )
}
