import { config, object } from 'zod'

/**
 * Has schemas checked without code made at run time. The page's content security policy refuses such code, and zod would
 * try it with the first schema; a browser reports each try. Imported before anything that makes a schema.
 */
config({ jitless: true })
object({}) // zod itself is evaluated here, and so with the first file
