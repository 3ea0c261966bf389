################################################################################
#
# pkg-client
#
################################################################################

PKG_CLIENT_VERSION = $(PKG_COMMIT)
PKG_CLIENT_SITE = file://$(PKG_CHECKOUT)
PKG_CLIENT_SITE_METHOD = git
PKG_CLIENT_SUBDIR = examples/client
PKG_CLIENT_LICENSE = Apache-2.0 or MIT

# The commit names the sources, and Cargo.lock has the digest of each crate.
BR_NO_CHECK_HASH_FOR += $(PKG_CLIENT_SOURCE)

define PKG_CLIENT_NAME_AND_HOOKS
	mv $(TARGET_DIR)/usr/bin/client $(TARGET_DIR)/usr/bin/pkg-client
	$(INSTALL) -d $(TARGET_DIR)/usr/libexec/pkg
	$(INSTALL) -m 0755 $(@D)/examples/client/hooks/* $(TARGET_DIR)/usr/libexec/pkg/
endef
PKG_CLIENT_POST_INSTALL_TARGET_HOOKS += PKG_CLIENT_NAME_AND_HOOKS

PKG_CLIENT_KEYRING = $(call qstrip,$(BR2_PACKAGE_PKG_CLIENT_KEYRING))
ifneq ($(PKG_CLIENT_KEYRING),)
define PKG_CLIENT_INSTALL_KEYRING
	$(INSTALL) -D -m 0644 $(PKG_CLIENT_KEYRING) $(TARGET_DIR)/etc/pkg/factory.keyring
endef
PKG_CLIENT_POST_INSTALL_TARGET_HOOKS += PKG_CLIENT_INSTALL_KEYRING
endif

$(eval $(cargo-package))
