//! How the container is reached, and whom it reaches.

use std::net::IpAddr;

use clap::Args;

use crate::container::grammar::hosts;
use crate::container::grammar::network::{self, FlagAddress, NetworkFlag};

/// Networks, ports and names.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// A network by name, or host, none, container:NAME, name=…,ip=…
    #[arg(long, alias = "net", value_name = "NETWORK", value_parser = network::parse)]
    pub network: Vec<NetworkFlag>,

    /// Publish a port: PORT, HOST:PORT, IP:HOST:PORT, and /udp behind it
    #[arg(short, long, value_name = "PORT")]
    pub publish: Vec<String>,

    /// Publish all exposed ports on random host ports
    #[arg(short = 'P', long)]
    pub publish_all: bool,

    /// Expose a port or a range of ports
    #[arg(long, value_name = "PORT[-PORT]")]
    pub expose: Vec<String>,

    /// Host name of the container
    #[arg(short = 'h', long, value_name = "NAME")]
    pub hostname: Option<String>,

    /// NIS domain name of the container
    #[arg(long, value_name = "NAME")]
    pub domainname: Option<String>,

    /// Another name of the container in its network
    #[arg(long, alias = "net-alias", value_name = "NAME")]
    pub network_alias: Vec<String>,

    /// Line of /etc/hosts; host-gateway is the Engine's own address
    #[arg(long, value_name = "HOST:IP", value_parser = hosts::parse_extra_host)]
    pub add_host: Vec<String>,

    /// DNS server
    #[arg(long, value_name = "IP", value_parser = hosts::parse_dns)]
    pub dns: Vec<String>,

    /// DNS search domain
    #[arg(long, value_name = "DOMAIN", value_parser = hosts::parse_dns_search)]
    pub dns_search: Vec<String>,

    /// DNS option
    #[arg(long, alias = "dns-opt", value_name = "OPTION")]
    pub dns_option: Vec<String>,

    /// IPv4 address in the network
    #[arg(long, value_name = "IPV4", value_parser = network::parse_ipv4)]
    pub ip: Option<FlagAddress>,

    /// IPv6 address in the network
    #[arg(long, value_name = "IPV6", value_parser = network::parse_ipv6)]
    pub ip6: Option<FlagAddress>,

    /// Link-local address in the network
    #[arg(long, value_name = "IP", value_parser = network::parse_link_local)]
    pub link_local_ip: Vec<IpAddr>,

    /// MAC address in the network
    #[arg(long, value_name = "MAC")]
    pub mac_address: Option<String>,

    /// Link to another container
    #[arg(long, value_name = "CONTAINER[:ALIAS]", value_parser = network::parse_link)]
    pub link: Vec<String>,
}
