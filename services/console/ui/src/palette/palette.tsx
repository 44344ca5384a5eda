import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { keepToken } from '../explain/pasted-token.ts'
import { countOf } from '../parts/words.ts'
import { goTo, placeOf } from '../shell/route.ts'
import { useSession } from '../shell/session.tsx'
import { choicesFor, searchedText, type Choice, type PageName } from './choices.ts'
import { storedRecents, storeRecents, withRecent } from './recents.ts'
import type { SearchAnswer } from '@freshet/insight/answers'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'

/** The first key asks at once. Keys that follow each other faster than this ask once. */
const APART_MS = 50

/** The state of a search. `problem`: the console did not answer, so no find means nothing. */
interface Searched {
  readonly items: SearchAnswer['items']
  readonly unanswered: SearchAnswer['unanswered']
  readonly problem: Problem | undefined
  readonly isAsking: boolean
}

interface Kept extends Searched {
  readonly text: string | undefined
}

const NOTHING: Searched = { items: [], unanswered: [], problem: undefined, isAsking: false }

/** Searches for a text. A later text gives up the search before it. */
function useSearch(text: string | undefined): Searched {
  const searchedAtMs = useRef(Number.NEGATIVE_INFINITY)
  const [kept, setKept] = useState<Kept>({ ...NOTHING, text: undefined })
  useEffect(() => {
    if (text === undefined) return undefined
    const ended = new AbortController()
    const waitMs = Math.max(0, searchedAtMs.current + APART_MS - performance.now())
    const timer = setTimeout(() => {
      searchedAtMs.current = performance.now()
      void ask<SearchAnswer>(placeOf('/v1/search', { q: text }), { signal: ended.signal })
        .then(({ items, unanswered }) => ({ ...NOTHING, items, unanswered }))
        .catch((error: unknown) => ({ ...NOTHING, problem: problemOf(error) }))
        .then((result) => {
          if (!ended.signal.aborted) setKept({ ...result, text })
        })
    }, waitMs)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [text])
  // The finds of an earlier text are no finds of this one: Enter must not go to them.
  return kept.text === text ? kept : { ...NOTHING, isAsking: text !== undefined }
}

interface Props {
  readonly close: () => void
  readonly pages: readonly PageName[]
}

/** One box for all that has a name: type, choose by arrows, go by Enter. It is open while it is there. */
export function Palette({ close, pages }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="palette" onClose={close} aria-label="Search">
      <Box close={close} pages={pages} />
    </dialog>
  )
}

function Box({ close, pages }: Props): JSX.Element {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const searched = useSearch(searchedText(text))
  const { name } = useSession()
  const [recents] = useState(() => storedRecents(sessionStorage, name))
  const choices = choicesFor(text, { pages, recents }, searched.items)
  const chosen = Math.min(at, choices.length - 1)
  const go = (choice: Choice | undefined): void => {
    if (choice === undefined) return
    if (choice.token !== undefined) keepToken(choice.token)
    storeRecents(sessionStorage, { by: name, items: withRecent(recents, choice) })
    goTo(choice.place)
    close()
  }
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (step === undefined) go(choices[chosen])
    else setAt((chosen + step + choices.length) % choices.length)
  }
  return (
    <>
      <input
        id="search"
        autofocus
        type="text"
        list={undefined}
        role="combobox"
        aria-label="Search by name or id"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={`found-${chosen}`}
        aria-autocomplete="list"
        placeholder="Subject, token, change, edge, claim…"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onKeyDown={pressed}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
      />
      <Choices choices={choices} chosen={chosen} go={go} />
      <Outcome searched={searched} />
    </>
  )
}

interface ChoicesProps {
  readonly choices: readonly Choice[]
  readonly chosen: number
  readonly go: (choice: Choice) => void
}

function Choices({ choices, chosen, go }: ChoicesProps): JSX.Element {
  useEffect(() => {
    document.querySelector(`#found-${chosen}`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <ul id="found" role="listbox" aria-label="Found">
      {choices.map((choice, index) => (
        <li
          key={choice.key}
          id={`found-${index}`}
          role="option"
          aria-selected={index === chosen}
          onClick={() => go(choice)}
        >
          <span class="name">{choice.name}</span>
          <span class="quiet">
            {choice.isRecent && 'recent · '}
            {choice.note}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Outcome({ searched }: { readonly searched: Searched }): JSX.Element {
  const { items, unanswered, problem, isAsking } = searched
  return (
    <p class="quiet" role="status" aria-busy={isAsking}>
      {problem !== undefined && `${problem.title} There can be more.`}
      {unanswered.length > 0 && `Not searched: ${unanswered.join(', ')}. There can be more.`}
      {problem === undefined && items.length > 0 && `${countOf(items.length, 'thing')} found`}
    </p>
  )
}
