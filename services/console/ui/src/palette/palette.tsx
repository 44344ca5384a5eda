import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { keepToken } from '../explain/pasted-token.ts'
import { countOf } from '../parts/words.ts'
import { goTo } from '../shell/route.ts'
import { useSession } from '../shell/session.tsx'
import { choicesFor, searchedText, type Choice, type PageName } from './choices.ts'
import { storedRecents, storeRecents, withRecent } from './recents.ts'
import { useSearch, type Searched } from './use-search.ts'

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
