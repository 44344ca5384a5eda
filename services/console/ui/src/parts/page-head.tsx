import type { ComponentChildren, JSX } from 'preact'
import { CopyAs, type Commands } from '../copy/copy-as.tsx'

interface Props {
  readonly title: string
  readonly commands?: Commands
  readonly children?: ComponentChildren
}

/** The name of a page, and how to ask the same in a terminal. */
export function PageHead({ title, commands, children }: Props): JSX.Element {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {children}
      {commands && <CopyAs {...commands} />}
    </div>
  )
}
