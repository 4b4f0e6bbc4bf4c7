/**
 * The payload of Sparkplug B (Eclipse Sparkplug 3.0.0, 6.4.1) as protobufjs describes messages; extensions, which no
 * version defines, are left out.
 */
import type {INamespace} from 'protobufjs';

const field = (id: number, type: string) => ({id, type});
const list = (id: number, type: string) => ({id, type, rule: 'repeated'});

export const SPARKPLUG: INamespace = {
  nested: {
    Payload: {
      fields: {
        timestamp: field(1, 'uint64'),
        metrics: list(2, 'Metric'),
        seq: field(3, 'uint64'),
        uuid: field(4, 'string'),
        body: field(5, 'bytes'),
      },
    },
    Metric: {
      fields: {
        name: field(1, 'string'),
        alias: field(2, 'uint64'),
        timestamp: field(3, 'uint64'),
        datatype: field(4, 'uint32'),
        isHistorical: field(5, 'bool'),
        isTransient: field(6, 'bool'),
        isNull: field(7, 'bool'),
        metadata: field(8, 'MetaData'),
        properties: field(9, 'PropertySet'),
        intValue: field(10, 'uint32'),
        longValue: field(11, 'uint64'),
        floatValue: field(12, 'float'),
        doubleValue: field(13, 'double'),
        booleanValue: field(14, 'bool'),
        stringValue: field(15, 'string'),
        bytesValue: field(16, 'bytes'),
        datasetValue: field(17, 'DataSet'),
        templateValue: field(18, 'Template'),
      },
    },
    MetaData: {
      fields: {
        isMultiPart: field(1, 'bool'),
        contentType: field(2, 'string'),
        size: field(3, 'uint64'),
        seq: field(4, 'uint64'),
        fileName: field(5, 'string'),
        fileType: field(6, 'string'),
        md5: field(7, 'string'),
        description: field(8, 'string'),
      },
    },
    PropertySet: {fields: {keys: list(1, 'string'), values: list(2, 'PropertyValue')}},
    PropertySetList: {fields: {propertyset: list(1, 'PropertySet')}},
    PropertyValue: {
      fields: {
        type: field(1, 'uint32'),
        isNull: field(2, 'bool'),
        intValue: field(3, 'uint32'),
        longValue: field(4, 'uint64'),
        floatValue: field(5, 'float'),
        doubleValue: field(6, 'double'),
        booleanValue: field(7, 'bool'),
        stringValue: field(8, 'string'),
        propertysetValue: field(9, 'PropertySet'),
        propertysetsValue: field(10, 'PropertySetList'),
      },
    },
    DataSet: {
      fields: {
        numOfColumns: field(1, 'uint64'),
        columns: list(2, 'string'),
        types: {...list(3, 'uint32'), options: {packed: false}},
        rows: list(4, 'Row'),
      },
    },
    Row: {fields: {elements: list(1, 'DataSetValue')}},
    DataSetValue: {
      fields: {
        intValue: field(1, 'uint32'),
        longValue: field(2, 'uint64'),
        floatValue: field(3, 'float'),
        doubleValue: field(4, 'double'),
        booleanValue: field(5, 'bool'),
        stringValue: field(6, 'string'),
      },
    },
    Template: {
      fields: {
        version: field(1, 'string'),
        metrics: list(2, 'Metric'),
        parameters: list(3, 'Parameter'),
        templateRef: field(4, 'string'),
        isDefinition: field(5, 'bool'),
      },
    },
    Parameter: {
      fields: {
        name: field(1, 'string'),
        type: field(2, 'uint32'),
        intValue: field(3, 'uint32'),
        longValue: field(4, 'uint64'),
        floatValue: field(5, 'float'),
        doubleValue: field(6, 'double'),
        booleanValue: field(7, 'bool'),
        stringValue: field(8, 'string'),
      },
    },
  },
};
