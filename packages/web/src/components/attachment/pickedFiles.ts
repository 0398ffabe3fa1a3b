type Clipboard = { files: Iterable<File>; types: readonly string[] }

/**
 * The files of a paste. Office programs put a picture beside what they copy as text and as a page: then the text is meant. Pure.
 */
export function pastedFiles({ files, types }: Clipboard): File[] {
  if (types.includes('text/plain') && types.includes('text/html')) return []
  return [...files]
}

/** Does a drag carry files, and not a piece of this page? Pure. */
export function carriesFiles(transfer: Pick<DataTransfer, 'types'> | null): boolean {
  return transfer?.types.includes('Files') ?? false
}
