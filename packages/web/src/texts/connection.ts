import type { Quality } from '@farhand/shared'

/** What the details of the connection say. */
export const connectionTexts = {
  updates: 'Updates',
  quality: {
    every: 'as they come',
    gathered: 'four a second, to save data',
    records: 'only what is finished',
  } satisfies Record<Quality, string>,
}
