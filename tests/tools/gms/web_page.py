# SPDX-License-Identifier: Apache-2.0
"""Drives the page Settings > Access Tokens: web_page.py URL FOLDER on|off.

Screenshots go to $DH_SCREENSHOTS where that is set.
"""
import json
import os
import sys
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.ui import Select, WebDriverWait

URL, FOLDER, MODE = sys.argv[1:4]
PASSWORDS = {"datahub": "admin password", "jdoe": "jane password", "guest": "guest password"}


class Page:
    def __init__(self, width=1200, height=800):
        options = webdriver.ChromeOptions()
        for argument in ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                         "--no-first-run", "--disable-background-networking",
                         "--disable-component-update", "--disable-sync",
                         "--user-data-dir=" + os.path.join(FOLDER, "chromium-%d" % id(self)),
                         "--window-size=%d,%d" % (width, height)]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("chromedriver"), options=options)

    def wait(self, condition):
        return WebDriverWait(self.driver, 20).until(condition)

    def seen(self, name):
        return self.wait(expect.visibility_of_element_located((By.ID, name)))

    def get(self, name):
        return self.driver.find_element(By.ID, name)

    def rows(self):
        return self.driver.find_elements(By.CSS_SELECTOR, "#rows tr")

    def names(self):
        # In one step: the rows are replaced while they are looked at.
        return self.driver.execute_script(
            "return [...document.querySelectorAll('#rows .name')].map(e => e.textContent)")

    def shot(self, name):
        if os.environ.get("DH_SCREENSHOTS"):
            self.driver.save_screenshot(os.path.join(os.environ["DH_SCREENSHOTS"], name + ".png"))

    def sign_in(self, user, password=None):
        self.driver.get(URL + "/")
        self.seen("username").send_keys(user)
        self.get("password").send_keys((password or PASSWORDS[user]) + Keys.ENTER)

    def generate(self, name, **fields):
        self.get("generate").click()
        self.seen("name").send_keys(name)
        if "actor" in fields:
            self.get("actor").clear()
            self.get("actor").send_keys(fields["actor"])
        Select(self.get("duration")).select_by_value(fields.get("duration", "ONE_DAY"))
        self.get("name").send_keys(Keys.ENTER)

    def take_token(self):
        self.seen("made")
        token = self.get("made").get_property("value")
        self.driver.find_element(By.CSS_SELECTOR, "#made-dialog [data-close]").click()
        self.wait(lambda d: not d.find_elements(By.CSS_SELECTOR, "dialog[open]"))
        # The event of closing comes after the dialog is closed. A timeout: the token stayed there.
        self.wait(lambda d: self.get("made").get_property("value") == "")
        return token


def check(condition, words):
    if not condition:
        raise SystemExit("FAIL: " + words)


def asked(token):
    request = urllib.request.Request(URL + "/api/graphql",
                                     json.dumps({"query": "{ me { corpUser { username } } }"}).encode(),
                                     {"Authorization": "Bearer " + token,
                                      "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]["me"]["corpUser"]["username"]
    except urllib.error.HTTPError as error:
        return error.code


def administrator(page):
    page.sign_in("datahub", "not this")
    check("not a user name" in page.seen("message").text, "a wrong password is refused in words")
    page.sign_in("datahub")
    page.seen("generate")
    check(page.get("who").text == "DataHub Admin", "the page says who is signed in")
    check("no tokens yet" in page.seen("empty").text, "an empty list says so")
    page.generate("first")
    page.shot("made")
    token = page.take_token()
    check(asked(token) == "datahub", "the token works")
    page.generate("for jane", actor="jdoe")
    check(asked(page.take_token()) == "jdoe", "a token for another user acts as that user")
    page.generate("for nobody", actor="nobody")
    problem = page.wait(expect.visibility_of_element_located((By.CSS_SELECTOR, "#generate-dialog .problem")))
    check("nobody" in problem.text, "a user that is not there is named")
    page.driver.find_element(By.CSS_SELECTOR, "#generate-dialog [data-close]").click()
    page.wait(lambda d: len(page.rows()) == 2)
    page.shot("list")
    page.get("filter").send_keys("jane")
    page.wait(lambda d: page.names() == ["for jane"])
    page.get("filter").send_keys(Keys.CONTROL + "a", Keys.DELETE)
    page.wait(lambda d: len(page.rows()) == 2)
    Select(page.get("state")).select_by_value("expired")
    page.wait(lambda d: not page.rows())
    Select(page.get("state")).select_by_value("")
    revoke = page.driver.find_element(By.CSS_SELECTOR, "[aria-label='Revoke first']")
    revoke.click()
    page.seen("revoke-text")
    page.shot("revoke")
    check("first" in page.get("revoke-text").text, "the question names the token")
    page.driver.find_element(By.CSS_SELECTOR, "#revoke-dialog [data-close]").click()
    check(asked(token) == "datahub", "a token that is kept works")
    revoke.click()
    page.seen("revoke").click()
    page.wait(lambda d: page.names() == ["for jane"])
    check(asked(token) == 401, "a revoked token is refused at once")


def keyboard(page):
    """Without a mouse: the button, the dialog, and back."""
    page.get("generate").send_keys(Keys.ENTER)
    page.seen("name")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait(lambda d: not d.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    check(page.driver.switch_to.active_element.get_attribute("id") == "generate",
          "the focus goes back to the button that opened the dialog")


def phone(page):
    page.driver.set_window_size(400, 800)
    page.shot("phone")
    wide, width = page.driver.execute_script(
        "return [document.documentElement.scrollWidth, window.innerWidth]")
    check(wide <= width, "nothing is wider than a phone")


def plain_user(page):
    page.get("sign-out").click()
    page.sign_in("jdoe")
    page.seen("generate")
    check(page.rows() == [], "a plain user sees none of others")
    page.get("generate").click()
    page.seen("name")
    check(page.get("actor").get_attribute("readonly") is not None, "and names no one else")
    page.driver.find_element(By.CSS_SELECTOR, "#generate-dialog [data-close]").click()
    page.generate("my own")
    check(asked(page.take_token()) == "jdoe", "the token is the user's own")
    page.wait(lambda d: page.names() == ["my own"])


def without_privilege(page):
    page.get("sign-out").click()
    page.sign_in("guest")
    page.seen("generate")
    page.shot("no-privilege")
    check(page.get("generate").get_attribute("aria-disabled") == "true", "the button is disabled")
    check("Generate Personal Access Tokens" in page.get("why-not").text, "and says why")
    page.get("generate").click()
    check(not page.driver.find_elements(By.CSS_SELECTOR, "dialog[open]"), "it opens nothing")


def nothing_blocked(page):
    for line in page.driver.get_log("browser"):
        check("Content Security Policy" not in line["message"] and line["source"] != "javascript",
              line["message"])


def main():
    page = Page()
    try:
        if MODE == "on":
            administrator(page)
            keyboard(page)
            phone(page)
            plain_user(page)
            without_privilege(page)
        else:
            page.driver.get(URL + "/settings/tokens")
            page.seen("generate")
            check("currently disabled" in page.get("why-not").text,
                  "without authentication the button says why it is disabled")
        nothing_blocked(page)
    finally:
        page.driver.quit()


main()
