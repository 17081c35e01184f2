// Calls one function of a program of the documentation: call.mjs PROGRAM FUNCTION ARGUMENTS, the last as JSON.
// Prints its answer, or the error that it threw, as JSON.
import { pathToFileURL } from 'node:url';

const [path, name, args] = process.argv.slice(2);
try {
  const program = await import(pathToFileURL(path));
  const answer = await program[name](...JSON.parse(args));
  console.log(JSON.stringify({ answer: answer ?? null }));
} catch (error) {
  const { name: kind, message, code, error: oauthError, status } = error;
  const cause = error.cause ? String(error.cause.message ?? error.cause) : undefined;
  console.log(JSON.stringify({ error: { kind, message, code, error: oauthError, status, cause } }));
}
