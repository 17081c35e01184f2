// Authorization code with PKCE for an application without a secret (RFC 6749 §4.1, RFC 7636, RFC 9700, OpenID Connect).
// Tokens live in this module's memory and nowhere else: a reload asks the server again, without a password.

const RENEW_BEFORE_SECONDS = 30;
const LONGEST_TIMER_SECONDS = 2_000_000;
const CLOCK_SKEW_SECONDS = 60;
const TRANSACTION = "timesheets.transaction";
const SIGNED_IN = "timesheets.signed-in";
const SCOPES = [
  "openid",
  "profile",
  "email",
  "offline_access",
  "read:timesheets",
  "create:timesheets",
  "delete:timesheets",
  "approve:timesheets",
];

export class SignInError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Session {
  #configuration;
  #metadata;
  #tokens = null;
  #timer = null;
  #renewal = null;

  // `onchange` is called after every change of the tokens, with a reason when the session ended by itself.
  constructor(configuration, metadata, onchange) {
    this.#configuration = configuration;
    this.#metadata = metadata;
    this.onchange = onchange;
  }

  static async open(onchange) {
    const configuration = await fetchJson("/spa/configuration.json");
    const metadata = await fetchJson(`${configuration.issuer}.well-known/openid-configuration`);
    if (metadata.issuer !== configuration.issuer) throw new SignInError("issuer", "The server says it is somebody else.");
    return new Session(configuration, metadata, onchange);
  }

  get home() {
    return this.#configuration.home;
  }

  get isSignedIn() {
    return this.#tokens !== null;
  }

  get wasSignedIn() {
    return sessionStorage.getItem(SIGNED_IN) !== null;
  }

  get user() {
    return this.#tokens?.identity ?? null;
  }

  get requestedScopes() {
    return SCOPES;
  }

  get grantedScopes() {
    return this.#tokens?.scopes ?? new Set();
  }

  get expiresAt() {
    return this.#tokens?.expiresAt ?? null;
  }

  // For showing only. An application does not read its access token: it is the API's (RFC 9068 §6).
  get accessTokenClaims() {
    return this.#tokens ? claimsOf(this.#tokens.accessToken) : {};
  }

  // A scope is held or not; that another one contains its name means nothing.
  may(scope) {
    return this.grantedScopes.has(scope);
  }

  async signIn({ silently = false } = {}) {
    const transaction = { state: random(), nonce: random(), verifier: random(), silently, page: location.hash };
    sessionStorage.setItem(TRANSACTION, JSON.stringify(transaction));
    const address = new URL(this.#metadata.authorization_endpoint);
    const parameters = {
      response_type: "code",
      client_id: this.#configuration.client_id,
      redirect_uri: this.#configuration.redirect_uri,
      scope: SCOPES.join(" "),
      audience: this.#configuration.audience,
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: await challengeOf(transaction.verifier),
      code_challenge_method: "S256",
    };
    if (silently) parameters.prompt = "none";
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    location.assign(address);
  }

  // Reads the server's answer from the address and redeems the code. Returns the page to go back to.
  async finishSignIn(answer) {
    const transaction = JSON.parse(sessionStorage.getItem(TRANSACTION) ?? "null");
    sessionStorage.removeItem(TRANSACTION);
    if (transaction === null || answer.get("state") !== transaction.state)
      throw new SignInError("state", "This answer belongs to no sign-in that was begun here. Please sign in again.");
    // The mix-up defence of RFC 9207: an answer that names its issuer must name ours.
    if (answer.has("iss") && answer.get("iss") !== this.#configuration.issuer)
      throw new SignInError("iss", "This answer comes from another server.");
    if (answer.has("error")) {
      sessionStorage.removeItem(SIGNED_IN);
      if (transaction.silently) return transaction.page;
      throw new SignInError(answer.get("error"), answer.get("error_description") || answer.get("error"));
    }
    const response = await this.#ask({
      grant_type: "authorization_code",
      code: answer.get("code") ?? "",
      redirect_uri: this.#configuration.redirect_uri,
      code_verifier: transaction.verifier,
    });
    this.#keep(response, this.#checkedIdentity(response.id_token, transaction.nonce));
    return transaction.page;
  }

  // Gives a fresh access token, whoever asks meanwhile waits for the same one: a refresh token works once.
  renew() {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async accessToken() {
    if (this.#tokens === null) throw new SignInError("login_required", "You are not signed in.");
    if (Date.now() >= this.#tokens.expiresAt - 1000) await this.renew();
    return this.#tokens.accessToken;
  }

  async signOut() {
    const tokens = this.#tokens;
    this.#forget();
    if (tokens?.refreshToken && this.#metadata.revocation_endpoint)
      await post(this.#metadata.revocation_endpoint, {
        client_id: this.#configuration.client_id,
        token: tokens.refreshToken,
        token_type_hint: "refresh_token",
      }).catch(() => {}); // Out is out, also when the server is away.
    if (this.#metadata.end_session_endpoint) {
      const address = new URL(this.#metadata.end_session_endpoint);
      address.searchParams.set("client_id", this.#configuration.client_id);
      if (tokens?.idToken) address.searchParams.set("id_token_hint", tokens.idToken);
      address.searchParams.set("post_logout_redirect_uri", this.#configuration.home);
      location.assign(address);
    } else {
      const { csrf_token } = await fetchJson("/spa/configuration.json");
      await fetch("/spa/sign-out", { method: "POST", headers: { "X-CSRFToken": csrf_token } });
      this.onchange();
    }
  }

  async #renew() {
    const refreshToken = this.#tokens?.refreshToken;
    if (!refreshToken) {
      this.#end("Your sign-in has ended. Please sign in again.");
      throw new SignInError("login_required", "Your sign-in has ended.");
    }
    try {
      const response = await this.#ask({ grant_type: "refresh_token", refresh_token: refreshToken });
      if (this.#tokens === null) return; // Signed out while we waited.
      const identity = response.id_token ? this.#checkedIdentity(response.id_token, null) : this.#tokens.identity;
      if (identity.sub !== this.#tokens.identity.sub) throw new SignInError("invalid_grant", "The server answered for another person.");
      this.#keep({ refresh_token: refreshToken, id_token: this.#tokens.idToken, ...response }, identity);
    } catch (error) {
      if (error instanceof SignInError) this.#end(`Please sign in again: ${error.message}`);
      throw error;
    }
  }

  async #ask(parameters) {
    return post(this.#metadata.token_endpoint, { client_id: this.#configuration.client_id, ...parameters });
  }

  #keep(response, identity) {
    const seconds = Number(response.expires_in) || 0;
    this.#tokens = {
      accessToken: response.access_token,
      refreshToken: response.refresh_token ?? null,
      idToken: response.id_token ?? null,
      identity,
      scopes: new Set((response.scope ?? "").split(" ").filter(Boolean)),
      expiresAt: Date.now() + seconds * 1000,
    };
    sessionStorage.setItem(SIGNED_IN, "1");
    clearTimeout(this.#timer);
    // A short token is renewed at half of its life.
    const wait = Math.min(Math.max(seconds - RENEW_BEFORE_SECONDS, seconds / 2), LONGEST_TIMER_SECONDS);
    this.#timer = setTimeout(() => this.renew().catch(() => {}), wait * 1000);
    this.onchange();
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#tokens = null;
    sessionStorage.removeItem(SIGNED_IN);
  }

  #end(reason) {
    this.#forget();
    this.onchange(reason);
  }

  // OpenID Connect Core §3.1.3.7. The signature need not be checked: the token came straight from the token endpoint (6).
  #checkedIdentity(idToken, nonce) {
    const claims = claimsOf(idToken ?? "");
    const now = Date.now() / 1000;
    const audience = [].concat(claims.aud ?? []);
    const problem =
      (claims.iss !== this.#configuration.issuer && "issuer") ||
      (!audience.includes(this.#configuration.client_id) && "audience") ||
      (audience.length > 1 && claims.azp !== this.#configuration.client_id && "authorized party") ||
      (nonce !== null && claims.nonce !== nonce && "nonce") ||
      (!(claims.exp > now - CLOCK_SKEW_SECONDS) && "expiry") ||
      (!(claims.iat < now + CLOCK_SKEW_SECONDS) && "time of issue");
    if (problem) throw new SignInError("id_token", `The ID token is not for this sign-in: its ${problem} is wrong.`);
    return claims;
  }
}

async function fetchJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new SignInError("unavailable", body.message ?? `The server answered ${response.status}.`);
  return body;
}

async function post(address, parameters) {
  let response;
  try {
    response = await fetch(address, { method: "POST", body: new URLSearchParams(parameters), credentials: "omit" });
  } catch {
    throw new Error("The server does not answer.");
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const said = body.error_description ?? body.error ?? `The server answered ${response.status}.`;
  // Only these two are the server's word on the grant (RFC 6749 §5.2); after a 503 the same refresh token may go on.
  if (response.status === 400 || response.status === 401) throw new SignInError(body.error ?? "invalid_request", said);
  throw new Error(said);
}

function claimsOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
