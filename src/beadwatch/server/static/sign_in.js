// Asks who looks, where the station wants to know. The token goes into a cookie that no script can read.

import { $, BASE, make } from "./elements.js";

const session = new URL("v1/session", BASE);

/** Say whether this browser may go on; if not, the page asks for a code in place of what it shows. */
export async function signedIn() {
  const answer = await fetch(session).then((response) => (response.ok ? response.json() : null)).catch(() => null);
  if (answer?.account) offerToLeave(answer.account);
  if (!answer?.token_needed || answer.account) return true; // a station that is away says so by the next answer
  document.querySelector("main").replaceChildren(form());
  $("code").focus();
  return false;
}

function form() {
  const code = make("input", { id: "code", required: "", autocomplete: "off", autocapitalize: "characters", maxlength: "16" });
  const name = make("input", { maxlength: "60", placeholder: "screen beside line 1" });
  const problem = make("p", { role: "alert", hidden: "" });
  const button = make("button", { class: "button", type: "submit" }, "Sign in");
  const asked = make(
    "form", { class: "panel sign-in" }, make("h2", {}, "Sign in"),
    make("p", {}, "This station shows welds only to those it knows. Ask for a code: ", make("code", {}, "beadwatch accounts pair"), " at the station shows one."),
    make("label", {}, "Code", code), make("label", {}, "Name of this browser", name), problem, button,
  );
  asked.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const body = JSON.stringify({ code: code.value.trim(), device_name: name.value.trim() || "browser" });
    const why = await refused("POST", { headers: { "Content-Type": "application/json" }, body });
    if (!why) return location.reload();
    [button.disabled, problem.hidden, problem.textContent] = [false, false, why];
  });
  return asked;
}

function offerToLeave(account) {
  const button = make("button", { class: "button quiet", type: "button" }, `Sign out ${account}`);
  button.addEventListener("click", async () => {
    if (!(await refused("DELETE"))) location.reload();
  });
  document.querySelector("header nav").append(button);
}

/** Return why the station refused, or "". */
async function refused(method, options) {
  try {
    const response = await fetch(session, { method, ...options });
    if (response.ok) return "";
    return (await response.json()).error.message;
  } catch {
    return "The station does not answer. Check that it runs and try again.";
  }
}
