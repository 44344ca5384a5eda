import { runbookPath, RUNBOOKS_URL } from '@freshet/insight/alerts'
import type { HealthCause } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { countOf } from '../parts/words.ts'
import { Coded } from './coded.tsx'
import { Sentence } from './sentence.tsx'
import { placeOfCause } from './verdict.ts'

/** An address for mail. */
const MAIL = /([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/

/** A root cause: what it does to users, the next action, and the findings that follow from it. */
export function Cause({ cause }: { readonly cause: HealthCause }): JSX.Element {
  const { what, effect, runbook, who, symptoms } = cause
  return (
    <li class="cause">
      <p>
        <a href={placeOfCause(cause)}>
          <Sentence text={what} />
        </a>
      </p>
      <dl>
        <dt>Effect</dt>
        <dd>{effect}</dd>
        <dt>Next</dt>
        <dd>
          <Coded text={cause.do} /> <Runbook name={runbook} />
        </dd>
        {who !== null && (
          <>
            <dt>Who</dt>
            <dd>
              <Who text={who} />
            </dd>
          </>
        )}
      </dl>
      {symptoms.length > 0 && (
        <details>
          <summary>
            {countOf(symptoms.length, 'finding follows', 'findings follow')} from it
          </summary>
          <ul>
            {symptoms.map((symptom) => (
              <li key={`${symptom.finding} ${symptom.object}`}>
                <a href={placeOfCause(symptom)}>
                  <Sentence text={symptom.what} />
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}

/** A name and its addresses for mail, each as a link. */
function Who({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text
        .split(MAIL)
        .map((part, index) =>
          index % 2 === 0 ? part : <a href={`mailto:${encodeURIComponent(part)}`}>{part}</a>,
        )}
    </>
  )
}

function Runbook({ name }: { readonly name: string | null }): JSX.Element | null {
  if (name === null) return null
  return (
    <a href={`${RUNBOOKS_URL}${runbookPath(name)}`} target="_blank" rel="noreferrer">
      runbook {name}
    </a>
  )
}
