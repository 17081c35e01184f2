// Sends the only form of the page on its way, as a press of its button would (OAuth 2.0 Form Post Response Mode).
document.forms[0].submit();
