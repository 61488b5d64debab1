// SPDX-License-Identifier: Apache-2.0
//! A backend with one user, named in the configuration, in Rust without any crate. Everybody else is left to the next
//! backend. A panic does not cross the boundary: it is caught, and answered with "unavailable".
#![deny(unsafe_op_in_unsafe_fn)]
mod boundary;

use boundary::*;
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

struct StaticUser {
    host: *mut Host,
    api: *const HostApi,
    user: Vec<u8>,
    password: Vec<u8>,
}

impl StaticUser {
    fn api(&self) -> &HostApi {
        // The table outlives every instance.
        unsafe { &*self.api }
    }

    fn authenticate(&self, user: &[u8], password: &[u8], call: *mut Call) -> Verdict {
        if user != self.user {
            (self.api().set_reason)(self.host, call, REASON_UNKNOWN_USER);
            return NOT_MINE;
        }
        if (self.api().claim_subject)(self.host, call, Str::from_slice(&self.user)) == 0 {
            return UNAVAILABLE;
        }
        if !same_secret(password, &self.password) {
            (self.api().set_reason)(self.host, call, REASON_BAD_CREDENTIAL);
            return DENIED;
        }
        (self.api().set_subject)(self.host, call, Str::from_slice(&self.user));
        GRANTED
    }
}

impl Drop for StaticUser {
    fn drop(&mut self) {
        for byte in self.password.iter_mut() {
            // The compiler would leave out a plain write to what nobody reads again.
            unsafe { std::ptr::write_volatile(byte, 0) };
        }
    }
}

/// Takes as long for a wrong secret as for the right one.
fn same_secret(given: &[u8], secret: &[u8]) -> bool {
    let mut difference = u8::from(given.len() != secret.len());
    for (i, byte) in given.iter().enumerate() {
        difference |= byte ^ secret[i % secret.len()];
    }
    // Looked at only at the end, whatever the compiler thinks of it.
    unsafe { std::ptr::read_volatile(&difference) == 0 }
}

unsafe extern "C" fn create(
    host: *mut Host,
    api: *const HostApi,
    values: *const OptionValue,
    count: usize,
) -> *mut c_void {
    let made = catch_unwind(|| {
        let given = unsafe { std::slice::from_raw_parts(values, count) };
        for (value, option) in given.iter().zip(OPTIONS.iter()) {
            if value.text.size == 0 {
                unsafe { ((*api).config_error)(host, option.name, Str::of(b"must not be empty")) };
                return std::ptr::null_mut();
            }
        }
        let text = |index: usize| unsafe { given[index].text.bytes() }.to_vec();
        let instance = StaticUser { host, api, user: text(0), password: text(1) };
        Box::into_raw(Box::new(instance)).cast::<c_void>()
    });
    made.unwrap_or(std::ptr::null_mut())
}

unsafe extern "C" fn authenticate(instance: *mut c_void, request: *const Request, call: *mut Call) -> Verdict {
    // Several threads are in here at once: the instance is only read.
    let instance = unsafe { &*instance.cast::<StaticUser>() };
    let asked = AssertUnwindSafe(|| {
        let (user, password) = unsafe { ((*request).user.bytes(), (*request).password.bytes()) };
        instance.authenticate(user, password, call)
    });
    catch_unwind(asked).unwrap_or_else(|_| {
        (instance.api().set_reason)(instance.host, call, REASON_PLUGIN_FAULT);
        UNAVAILABLE
    })
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    let _ = catch_unwind(|| drop(unsafe { Box::from_raw(instance.cast::<StaticUser>()) }));
}

const fn option(flags: u32, name: &'static [u8], help: &'static [u8]) -> OptionSpec {
    OptionSpec {
        struct_size: std::mem::size_of::<OptionSpec>() as u32,
        kind: OPTION_TEXT,
        flags,
        reserved: 0,
        name: Str::of(name),
        default_value: Str::EMPTY,
        choices: Str::EMPTY,
        help: Str::of(help),
        minimum: 0,
        maximum: 0,
    }
}

static OPTIONS: [OptionSpec; 2] = [
    option(OPTION_REQUIRED, b"user", b"The user's name."),
    option(OPTION_REQUIRED | OPTION_SECRET, b"password", b"The user's password."),
];

static PLUGIN: Plugin = Plugin {
    abi_major: ABI_MAJOR,
    abi_minor: ABI_MINOR,
    struct_size: std::mem::size_of::<Plugin>() as u32,
    credentials: CREDENTIAL_PASSWORD,
    traits: TRAIT_CPU,
    reserved: 0,
    id: Str::of(b"static-user-rust"),
    version: Str::of(b"1.0"),
    summary: Str::of(b"One user, named in the configuration."),
    uri_option: Str::EMPTY,
    options: OPTIONS.as_ptr(),
    option_count: OPTIONS.len(),
    attributes: std::ptr::null(),
    attribute_count: 0,
    create,
    start: None,
    authenticate,
    stop: None,
    destroy,
    get_extension: None,
};

#[no_mangle]
pub extern "C" fn gatehouse_plugin_v1() -> *const Plugin {
    &PLUGIN
}
